import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { freePort } from '../src/config/free-port.ts'
import { selfSignedCertificate } from './certificate.ts'
import { startServer } from './harness.ts'
import { until } from './until.ts'

const lacksNginx = spawnSync('nginx', ['-v']).status === 0 ? false : 'nginx is not installed'
const guide = readFileSync(join(import.meta.dirname, '../../docs/guides/self-hosting.md'), 'utf8')
const folder = mkdtempSync(join(tmpdir(), 'comserv-nginx-'))
// Started by root, nginx works as another user, who keeps bodies in folders below this one.
chmodSync(folder, 0o755)
after(() => rmSync(folder, { recursive: true, force: true }))

/** The block of the guide, with the files and ports of this machine in the place of its own. */
function configurationFor(upstream: string, port: number): string {
  const block = /^```nginx\n(.*?)^```$/ms.exec(guide)?.[1] ?? assert.fail('The guide has no block for nginx.')
  const { cert, key } = selfSignedCertificate('comserv.example.org')
  writeFileSync(join(folder, 'cert.pem'), cert)
  writeFileSync(join(folder, 'key.pem'), key)
  const server = block
    .replace(/ssl_certificate \S+;/, `ssl_certificate ${folder}/cert.pem;`)
    .replace(/ssl_certificate_key \S+;/, `ssl_certificate_key ${folder}/key.pem;`)
    .replace('listen 443', `listen 127.0.0.1:${port}`)
    .replace('http://127.0.0.1:3000', upstream)
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${folder}/${name};`)
    .join(' ')
  const file = join(folder, 'nginx.conf')
  writeFileSync(
    file,
    `daemon off; pid ${folder}/pid; error_log stderr; events {} http { access_log off; ${temporary}\n${server}}\n`,
  )
  return file
}

test('nginx takes the block of the guide, and lets through what the server may take', {
  skip: lacksNginx,
}, async () => {
  const server = await startServer()
  const { secret } = await server.credential('write')
  const port = await freePort('127.0.0.1')
  const configuration = ['-e', 'stderr', '-p', folder, '-c', configurationFor(server.url, port)]
  mkdirSync(join(folder, 'logs'), { recursive: true })
  const { status, stderr } = spawnSync('nginx', ['-t', ...configuration], { encoding: 'utf8' })
  assert.equal(status, 0, stderr)

  const nginx = spawn('nginx', configuration, { stdio: 'ignore' })
  after(async () => {
    nginx.kill('SIGTERM')
    if (nginx.exitCode === null) await once(nginx, 'exit')
  })
  const post = (body: string) => postThrough(port, secret, body)
  const title = JSON.stringify({ title: 'x' })
  const first = await until('nginx', () => post(title).catch(() => undefined))
  assert.equal(first.status, 201, first.text)
  // The server, not nginx, says what is too large: its refusals are JSON.
  const large = await post(title.padEnd(8 * 1024 * 1024))
  assert.ok(large.status === 201 || /^\{"error":/.test(large.text), large.text)
})

function postThrough(port: number, key: string, body: string): Promise<{ status?: number; text: string }> {
  return new Promise((resolve, reject) => {
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'x-api-key': key,
      host: 'comserv.example.org',
    }
    const options = { port, host: '127.0.0.1', method: 'POST', path: '/api/v1/documents', headers }
    const sent = request({ ...options, rejectUnauthorized: false }, async (response) => {
      let text = ''
      for await (const part of response) text += part
      resolve({ ...(response.statusCode ? { status: response.statusCode } : {}), text })
    })
    sent.on('error', reject)
    sent.end(body)
  })
}
