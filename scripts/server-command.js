#!/usr/bin/env node
import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * The command `comserv`. It runs on Node.js 20 too, and then hands over to the Node.js that was installed with it; the
 * server itself needs 24.7.
 */
const main = fileURLToPath(new URL('../server/src/main.mjs', import.meta.url))
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)

if (major > 24 || (major === 24 && minor >= 7))
  await import(new URL('../server/src/main.mjs', import.meta.url).href)
else handOver(ownNode())

function ownNode() {
  const require = createRequire(import.meta.url)
  const { platform, arch } = process
  for (const name of [
    `node-${platform}-${arch}`,
    `node-bin-${platform}-${arch}`,
    `node-${platform.slice(0, 3)}-${arch}`,
  ]) {
    try {
      const folder = dirname(require.resolve(`${name}/package.json`))
      return join(folder, 'bin', platform === 'win32' ? 'node.exe' : 'node')
    } catch {
      // Not for this machine.
    }
  }
  process.stderr.write(
    `Comserv needs Node.js 24.7 or later, and this is ${process.versions.node}. Install a later one, or install comserv-server with its optional dependencies, one of which brings it.\n`,
  )
  process.exit(1)
}

function handOver(node) {
  const child = spawn(node, [main, ...process.argv.slice(2)], { stdio: 'inherit' })
  // Ctrl-C reaches both processes by itself; a second one would end the server where it stands.
  const isAtTerminal = Boolean(process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => {
      if (signal === 'SIGTERM' || !isAtTerminal) child.kill(signal)
    })
  child.on('error', (error) => {
    process.stderr.write(`The Node.js of Comserv cannot be started: ${error.message}\n`)
    process.exit(1)
  })
  child.on('exit', (code, signal) => {
    for (const each of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.removeAllListeners(each)
    if (signal) process.kill(process.pid, signal)
    else process.exit(code ?? 1)
  })
}
