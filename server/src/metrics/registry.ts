import { Registry } from 'prom-client'
import type { Context } from '../context.ts'
import { registerAudit } from './audit.ts'
import { registerAutomations } from './automations.ts'
import { registerBackups } from './backups.ts'
import { registerExtensions } from './extensions.ts'
import { registerHooks } from './hooks.ts'
import { registerMail } from './mail.ts'
import { registerProcess } from './process.ts'
import { registerRequestLog } from './request-log.ts'
import { registerSignIns } from './sign-ins.ts'
import { registerTools } from './tools.ts'
import { registerWebhooks } from './webhooks.ts'

/** @param rateLimited how many requests were refused with 429 so far */
export function createRegistry(context: Context, rateLimited: () => number): Registry {
  const registry = new Registry()
  registerProcess(registry, context, rateLimited)
  registerWebhooks(registry, context)
  registerAudit(registry, context)
  registerRequestLog(registry, context)
  registerMail(registry, context)
  registerBackups(registry, context)
  registerSignIns(registry, context)
  registerAutomations(registry, context)
  registerHooks(registry, context)
  registerExtensions(registry, context)
  registerTools(registry, context)
  return registry
}
