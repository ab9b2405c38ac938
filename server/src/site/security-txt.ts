import { AppError } from '../api/errors.ts'
import type { Config } from '../config/decide.ts'
import type { Context } from '../context.ts'
import type { App } from '../http/pipeline.ts'
import { dayMs, toTimestamp } from '../lib/timestamps.ts'

const path = '/.well-known/security.txt'
/** The operator has the settings under control as long as the server runs, so the file renews itself every day. */
const validDays = 180

/** Where to report vulnerabilities in this installation (RFC 9116). */
export function securityTxtRoute(app: App, { config, clock }: Context): void {
  app.route({
    method: 'GET',
    url: path,
    config: { access: 'public', anyHost: true },
    handler: async (_, reply) => reply.type('text/plain; charset=utf-8').send(textOf(config, clock.now())),
  })
}

function textOf({ security, publicUrl }: Config, nowMs: number): string {
  if (!security)
    throw new AppError(
      'resource_not_found',
      'This server names no contact for vulnerabilities; its operator can set COMSERV_SECURITY_CONTACT, such as mailto:security@example.org.',
    )
  const today = Math.floor(nowMs / dayMs) * dayMs
  const fields: [name: string, value: string | undefined][] = [
    ...security.contacts.map((contact): [string, string] => ['Contact', contact]),
    ['Expires', toTimestamp(today + validDays * dayMs)],
    // Web addresses in this file must be https (RFC 9116 §2.5.2).
    ['Canonical', publicUrl.startsWith('https:') ? publicUrl + path : undefined],
    ['Policy', security.policy],
  ]
  return fields.map(([name, value]) => (value === undefined ? '' : `${name}: ${value}\n`)).join('')
}
