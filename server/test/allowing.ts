import { createHash, randomBytes } from 'node:crypto'
import type { Json, TestServer } from './harness.ts'
import { type Person, password, signIn } from './people.ts'

const home = 'https://app.example.org/done'

/** A person presses a button on the page of a device. */
export async function pressDevice(
  server: TestServer,
  person: Person,
  userCode: string,
  decision = 'allow',
): Promise<void> {
  const { cookie, csrf } = await signIn(server, person)
  const answer = await fetch(`${server.url}/device`, {
    method: 'POST',
    headers: { cookie, 'sec-fetch-site': 'same-origin' },
    body: new URLSearchParams({ user_code: userCode, csrf_token: csrf, decision }),
  })
  if (answer.status !== 200) throw new Error(await answer.text())
}

/** The person presses the button of the page. @returns where the browser is sent then */
export async function pressAllow(
  server: TestServer,
  { cookie, csrf }: { cookie: string; csrf: string },
  authorizeUrl: URL | string,
): Promise<URL> {
  const answer = await fetch(`${server.url}/oauth/authorize`, {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie, 'sec-fetch-site': 'same-origin' },
    body: new URLSearchParams({
      request: new URL(authorizeUrl).search.slice(1),
      csrf_token: csrf,
      decision: 'allow',
    }),
  })
  if (answer.status !== 303) throw new Error(await answer.text())
  return new URL(answer.headers.get('location') ?? '')
}

/** A new application, allowed by a person with the button of the page. @returns it, with the tokens it then has */
export async function allowApplication(
  server: TestServer,
  person: Person,
  secret = password,
): Promise<{ application: Json; tokens: Json }> {
  const { secret: key } = await server.credential('admin')
  const json = { name: 'Reading room', kind: 'browser', redirect_uris: [home], scopes: ['documents:read'] }
  const made = await server.call('POST', '/api/v1/applications', { key, json })
  if (made.status !== 201) throw new Error(made.text)
  const verifier = randomBytes(32).toString('base64url')
  const request = new URLSearchParams({
    response_type: 'code',
    client_id: made.body.client_id,
    redirect_uri: home,
    scope: 'openid offline_access documents:read',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  })
  const authorizeUrl = `${server.url}/oauth/authorize?${request}`
  const back = await pressAllow(server, await signIn(server, person, secret), authorizeUrl)
  const code = back.searchParams.get('code') ?? ''
  const exchanged = await fetch(`${server.url}/api/v1/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: made.body.client_id,
      redirect_uri: home,
      code,
      code_verifier: verifier,
    }),
  })
  const tokens: Json = await exchanged.json()
  if (exchanged.status !== 200) throw new Error(JSON.stringify(tokens))
  return { application: made.body, tokens }
}
