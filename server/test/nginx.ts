import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type RequestOptions, request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { selfSignedCertificate } from './certificate.ts'
import { until } from './until.ts'

/** nginx with the server blocks of the guides. */
const blockOf = (guide: string) =>
  readFileSync(join(import.meta.dirname, `../../docs/guides/${guide}.md`), 'utf8').match(
    /^```nginx\n(.*?)^```$/ms,
  )?.[1]

export const lacksNginx = spawnSync('nginx', ['-v']).status === 0 ? false : 'nginx is not installed'
export const guideHost = 'comserv.example.org'
/** What the block with a password asks people for. */
export const proxyLogin = { username: 'team', password: 'the password of the proxy' }

export const blocks = { plain: blockOf('self-hosting'), withPassword: blockOf('site-password') }

/** Starts nginx with one block, once it responds; it stops with the tests of the file. */
export async function startNginx(
  block: string | undefined,
  { upstream, port }: { upstream: string; port: number },
): Promise<void> {
  assert.ok(block, 'The guide lacks a block for nginx.')
  const folder = mkdtempSync(join(tmpdir(), 'comserv-nginx-'))
  // Started by root, nginx works as another user, who reads and writes files in this folder.
  chmodSync(folder, 0o755)
  mkdirSync(join(folder, 'logs'))
  const options = ['-e', 'stderr', '-p', folder, '-c', configurationIn(folder, block, upstream, port)]
  const { status, stderr } = spawnSync('nginx', ['-t', ...options], { encoding: 'utf8' })
  assert.equal(status, 0, stderr)
  assert.doesNotMatch(stderr, /\[warn\]/)

  const nginx = spawn('nginx', options, { stdio: 'ignore' })
  after(async () => {
    nginx.kill('SIGTERM')
    if (nginx.exitCode === null) await once(nginx, 'exit')
    rmSync(folder, { recursive: true, force: true })
  })
  await until('nginx', () => throughNginx(port, { path: '/health/live' }).catch(() => undefined))
}

/** The block, with the files and ports of this machine instead of its own. */
function configurationIn(folder: string, block: string, upstream: string, port: number): string {
  const { cert, key } = selfSignedCertificate(guideHost)
  writeFileSync(join(folder, 'cert.pem'), cert)
  writeFileSync(join(folder, 'key.pem'), key)
  writeFileSync(join(folder, 'htpasswd'), `${proxyLogin.username}:{PLAIN}${proxyLogin.password}\n`)
  const server = block
    .replace(/ssl_certificate \S+;/, `ssl_certificate ${folder}/cert.pem;`)
    .replace(/ssl_certificate_key \S+;/, `ssl_certificate_key ${folder}/key.pem;`)
    .replace(/auth_basic_user_file \S+;/, `auth_basic_user_file ${folder}/htpasswd;`)
    .replace('listen 443', `listen 127.0.0.1:${port}`)
    .replaceAll('http://127.0.0.1:3000', upstream)
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

export interface Received {
  status: number | undefined
  headers: Record<string, string | string[] | undefined>
  text: string
}

/** One request by https, under the name in the guide. */
export function throughNginx(port: number, options: RequestOptions, body = ''): Promise<Received> {
  return new Promise((resolve, reject) => {
    const headers = {
      ...(body === ''
        ? {}
        : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
      host: guideHost,
      ...options.headers,
    }
    const sent = request(
      { ...options, headers, port, host: '127.0.0.1', rejectUnauthorized: false },
      async (response) => {
        let text = ''
        for await (const part of response) text += part
        resolve({ status: response.statusCode, headers: response.headers, text })
      },
    )
    sent.on('error', reject)
    sent.end(body)
  })
}
