import type { Operation } from './operations.ts'
import type { Random } from './random.ts'

/**
 * Triggers and steps whose fields belong to their type, and the addresses of an application, which have to be those of its
 * kind: the schema does not say either.
 */
export function workable(random: Random, name: string, { path, method }: Operation): unknown {
  if (method === 'GET') return undefined
  if (path.startsWith('/api/v1/applications')) return addresses[name]
  if (!path.startsWith('/api/v1/automations')) return undefined
  if (name === 'enabled') return true
  if (name === 'trigger') return random.pick(triggers)()
  if (name !== 'steps') return undefined
  const count = random.between(1, 3)
  return Array.from({ length: count }, (_, i) => ({ name: `step_${i}`, ...random.pick(steps)() }))
}

/** Right for every kind of application. */
const addresses: Readonly<Record<string, string[]>> = {
  redirect_uris: ['https://app.example.org/signed-in'],
  post_logout_redirect_uris: ['https://app.example.org/'],
  origins: ['https://app.example.org'],
}

const triggers = [
  () => ({ type: 'button' }),
  () => ({ type: 'button' }),
  () => ({ type: 'schedule', cron: '0 7 * * 1-5', time_zone: 'Europe/Berlin' }),
  () => ({ type: 'event', events: ['document.*'], condition: 'data.category == "policies"' }),
]

const steps = [
  () => ({ type: 'wait', minutes: 5 }),
  () => ({ type: 'stop_if', condition: 'event == "x"' }),
  () => ({ type: 'send', url: 'http://127.0.0.1:9/', body: 'data', headers: { 'X-Team': 'fuzz' } }),
  () => ({ type: 'mail', to_roles: ['editor'], subject: '"S"', text: '"T"' }),
  () => ({
    type: 'change',
    resource: 'document',
    action: 'update',
    record_id: 'data.id',
    values: '{ "status": "draft" }',
  }),
]
