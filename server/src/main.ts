import { setFlagsFromString } from 'node:v8'

// Loading makes the engine's young generation grow as if under load and then keep its size: 17 MB that an idle server
// does not need. It may grow again when requests come.
const startMs = 1_500
setFlagsFromString('--semi-space-growth-factor=1')
setTimeout(setFlagsFromString, startMs, '--semi-space-growth-factor=2').unref()

// A reader of the beginning only (`comserv openapi | head`) has what it wants. The command runs to its end, to clean up,
// and its further output is discarded. A full disk does not end a server, either, but a command whose output is lost has
// failed.
let lost: NodeJS.ErrnoException | undefined
process.stderr.on('error', () => {})
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') lost ??= error
})

const { runCommandLine } = await import('./cli/command-line.ts')

process.exitCode = await runCommandLine(process.argv.slice(2))
if (lost) {
  process.exitCode = 1
  process.stderr.write(
    `The output of the command is lost: standard output cannot be written (${lost.message}).\n`,
  )
}
