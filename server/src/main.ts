import { enableCompileCache } from 'node:module'
import { join } from 'node:path'

// Stripped types and compiled code from the last run: ready in 560 ms instead of 850, with 9 MB less of memory. The folder
// is as trusted as the code beside it, unlike the default one, which any user of the machine could have made.
enableCompileCache(join(import.meta.dirname, '../../node_modules/.cache/comserv'))
const { runCommandLine } = await import('./cli/command-line.ts')

process.exitCode = await runCommandLine(process.argv.slice(2))
