import { join } from 'node:path'

/** Imported before the server, which loads its extensions first of all. */
process.env.COMSERV_EXTENSIONS_DIR = join(import.meta.dirname, 'people')
