import { enableCompileCache } from 'node:module'
import { join } from 'node:path'

// Stripped types and compiled code of the last run. An entry that is JavaScript imports this first and the rest after it:
// a process that finds all there does without the compiler that removes types, and its 15 MB. The folder is as trusted as
// the code beside it, unlike the default one, which any user of the machine could have made.
enableCompileCache(join(import.meta.dirname, '../../node_modules/.cache/comserv'))
