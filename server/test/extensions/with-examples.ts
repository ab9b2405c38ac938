import { join } from 'node:path'
import { startReceiver } from '../receiver.ts'

/** Imported before the server, which loads its extensions first of all. */
process.env.COMSERV_EXTENSIONS_DIR = join(import.meta.dirname, '../../../examples/extensions')

/** The channel that the notifier tells. */
export const channel = await startReceiver()
process.env.COMSERV_X_NOTIFIER_URL = channel.url
