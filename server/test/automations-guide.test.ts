import assert from 'node:assert/strict'
import { test } from 'node:test'
import { documentedUrl } from './guide-programs.ts'
import { callsApi, runCurl, samplesOf } from './guide-samples.ts'
import { startServer } from './harness.ts'
import { startMailServer } from './mail-server.ts'
import { makePerson } from './people.ts'
import { startReceiver } from './receiver.ts'

test('the walk of the guide on automations mails the editors and files a task, as it says', async () => {
  const mails = await startMailServer()
  const tasks = await startReceiver((response) => {
    response.writeHead(201, { 'content-type': 'application/json' })
    response.end('{"id":"TASK-1"}')
  })
  const server = await startServer({
    env: { COMSERV_SMTP_URL: `smtp://127.0.0.1:${mails.port}`, COMSERV_MAIL_FROM: 'comserv@example.org' },
  })
  const { secret } = await server.credential('admin')
  const editors = [await makePerson(server, 'editor'), await makePerson(server, 'editor')]
  await makePerson(server, 'normal')
  const variables: Record<string, string> = { ADMIN_KEY: secret }
  const addresses = { [documentedUrl]: server.url, 'https://example.com/api/tasks': tasks.url }
  for (const sample of samplesOf('docs/guides/automations.md').filter(callsApi))
    await runCurl(sample, variables, addresses)

  for (const category of ['policies', 'lunch'])
    await server.call('POST', '/api/v1/documents', {
      key: secret,
      json: { title: `About ${category}`, category, status: 'published' },
    })
  await server.automate()
  await server.sendMail()
  assert.deepEqual(
    tasks.received.map(({ body, headers }) => [body.title, headers.authorization]),
    [['Announce About policies', 'Bearer token-of-the-other-system']],
  )
  assert.deepEqual(
    mails.received.map(({ to, headers }) => [to, headers.get('subject')]).sort(),
    editors.map(({ email }) => [email, 'New policy: About policies']).sort(),
  )
  assert.match(
    mails.received[0]?.text ?? '',
    /^About policies was published\. The task to announce it is TASK-1\./,
  )
})
