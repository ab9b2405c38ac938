import { describe, test } from 'node:test'
import { makePerson } from '../people.ts'
import { now, type World } from './world.ts'

export function mailScenarios({ server, scenario, key }: World): void {
  describe('mail', () => {
    const actor = 'credential Administration'

    test('an invitation is written with its user, and audited without its link', async () => {
      const json = { username: 'invited', email: 'invited@example.org', invite: true }
      await scenario({
        request: { method: 'POST', path: '/api/v1/users', json },
        status: 201,
        body: ({ username }: { username: string }) => username === 'invited',
        events: [{ type: 'user.created' }],
        audit: [
          { actor, action: 'user.create' },
          { actor, action: 'user.reset_password', after: { expires_at: '2026-01-22T08:30:00Z' } },
        ],
      })
    })

    test('a link is mailed to a user', async () => {
      const { id } = await makePerson(server, 'normal')
      const expires_at = '2026-01-15T09:30:00Z'
      await scenario({
        request: { method: 'POST', path: `/api/v1/users/${id}/password-link`, json: {} },
        status: 200,
        body: (made: { id: number; link: unknown }) => made.id === id && made.link === null,
        events: [],
        audit: [{ actor, action: 'user.reset_password', targetId: id, before: null, after: { expires_at } }],
      })
    })

    test('a mail that waits is sent now', async () => {
      const person = await makePerson(server, 'normal')
      const asked = { key, json: {} }
      const { body: link } = await server.call('POST', `/api/v1/users/${person.id}/password-link`, asked)
      const { mail_id } = link
      await scenario({
        request: { method: 'POST', path: `/api/v1/mails/${mail_id}/resend` },
        status: 202,
        body: (mail: { id: number; status: string; next_attempt_at: string }) =>
          mail.id === mail_id && mail.status === 'pending' && mail.next_attempt_at === now,
        events: [],
        audit: [
          { actor, action: 'mail.resend', targetId: mail_id, before: null, after: { resent_as: null } },
        ],
      })
    })

    test('a request for a new password leaves nothing that tells whether there is such a user', async () => {
      await scenario({
        request: {
          method: 'POST',
          path: '/api/v1/password-reset/request',
          by: 'nobody',
          json: { username: 'nobody-of-this-name' },
        },
        status: 204,
        body: undefined,
        events: [],
        audit: [],
      })
    })
  })
}
