import { randomBytes } from 'node:crypto'
import { operator } from '../src/cli/actor.ts'
import type { UserCreate } from '../src/users/schema.ts'
import { createUser } from '../src/users/service.ts'
import type { Answer, CallOptions, Json, TestServer } from './harness.ts'

export const password = 'correct horse battery staple'

export interface Person {
  id: number
  username: string
  email: string
}

export interface SignedInPerson extends Person {
  /** The answer to the sign-in. */
  session: Json
  /** As a browser sends it back. */
  cookie: string
  csrf: string
  /** A call as a page of the server makes it. */
  call(method: string, path: string, options?: CallOptions): Promise<Answer>
}

/** A user whose password is `password`, made as the operator of the machine would. */
export async function makePerson(
  { context }: TestServer,
  role: string,
  more: Partial<UserCreate> = {},
): Promise<Person> {
  const username = `${role}-${randomBytes(4).toString('hex')}`
  const email = `${username}@example.org`
  const actor = await operator(context)
  const change = await createUser(context, actor, { username, email, password, role, ...more })
  const { resource } = await context.database.write(change)
  return resource
}

export async function signedInAs(server: TestServer, role: string): Promise<SignedInPerson> {
  return signIn(server, await makePerson(server, role))
}

export async function signIn(
  server: TestServer,
  person: Person,
  secret = password,
  headers: Record<string, string> = {},
): Promise<SignedInPerson> {
  const answer = await server.call('POST', '/api/v1/session', {
    json: { username: person.username, password: secret },
    headers,
  })
  if (answer.status !== 201) throw new Error(answer.text)
  return signedIn(server, person, answer)
}

/** Goes on as whoever an answer signed in. */
export function signedIn(server: TestServer, person: Person, { headers, body }: Answer): SignedInPerson {
  const cookie = headers.getSetCookie()[0]?.split(';')[0] ?? ''
  return {
    ...person,
    session: body,
    cookie,
    csrf: body.csrf_token,
    call: (method, path, options = {}) =>
      server.call(method, path, {
        ...options,
        headers: {
          cookie,
          ...(method === 'GET' ? {} : { 'x-csrf-token': body.csrf_token, 'sec-fetch-site': 'same-origin' }),
          ...options.headers,
        },
      }),
  }
}
