import { Counter, type Registry } from 'prom-client'
import type { Context } from '../context.ts'

/** Many of `refused` or `wrong_code` are somebody who guesses. */
export function registerSignIns(registry: Registry, { signIns }: Context): void {
  new Counter({
    name: 'comserv_sign_ins_total',
    help: 'Steps of sign-ins that this process has answered, by outcome: signed_in, refused, second_step, wrong_code, refused_passkey',
    labelNames: ['outcome'],
    registers: [registry],
    collect() {
      this.reset()
      for (const [outcome, count] of Object.entries(signIns.all)) this.inc({ outcome }, count)
    },
  })
}
