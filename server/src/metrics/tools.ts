import { Counter, type Registry } from 'prom-client'
import type { Context } from '../context.ts'

export function registerTools(registry: Registry, { toolCalls }: Pick<Context, 'toolCalls'>): void {
  new Counter({
    name: 'comserv_mcp_calls_total',
    help: 'Calls of tools by assistants in this process, by tool and outcome',
    labelNames: ['tool', 'outcome'],
    registers: [registry],
    collect() {
      this.reset()
      for (const [key, count] of toolCalls.counts) {
        const [tool = '', outcome = ''] = key.split(' ')
        this.inc({ tool, outcome }, count)
      }
    },
  })
}
