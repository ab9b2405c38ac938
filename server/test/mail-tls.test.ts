import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { selfSignedCertificate } from './certificate.ts'
import { startMailServer } from './mail-server.ts'
import { install } from './product-process.ts'

const certificate = selfSignedCertificate('localhost')

for (const [scheme, secure] of [
  ['smtp', false],
  ['smtps', true],
] as const)
  test(`mail by ${scheme}:// reaches a server of a private authority that the operator trusts, encrypted`, async () => {
    const product = await install()
    const mails = await startMailServer({ certificate, secure, login: 'comserv:secret' })
    const authority = join(product.env.COMSERV_DATA_DIR ?? '', 'authority.pem')
    writeFileSync(authority, certificate.cert)
    const serving = await product.serve({
      COMSERV_SMTP_URL: `${scheme}://comserv:secret@localhost:${mails.port}`,
      COMSERV_MAIL_FROM: 'platform@example.org',
      NODE_EXTRA_CA_CERTS: authority,
    })
    const made = await product.run(['credential', 'create', '--name', 'one', '--scopes', 'admin', '--json'])
    const created = await fetch(`${product.url}/api/v1/users`, {
      method: 'POST',
      headers: { 'x-api-key': JSON.parse(made.stdout).client_secret, 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'robin', email: 'robin@example.org', invite: true }),
    })
    assert.equal(created.status, 201, await created.text())
    await mails.arrived(1)
    assert.deepEqual(
      mails.received.map(({ to, login, isEncrypted }) => ({ to, login, isEncrypted })),
      [{ to: 'robin@example.org', login: 'comserv:secret', isEncrypted: true }],
    )
    assert.equal(await serving.stop(), 0)
  })
