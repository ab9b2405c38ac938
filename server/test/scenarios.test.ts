import assert from 'node:assert/strict'
import { test } from 'node:test'
import { applicationScenarios } from './scenarios/applications.ts'
import { automationScenarios } from './scenarios/automations.ts'
import { categoryScenarios } from './scenarios/categories.ts'
import { credentialRequestScenarios } from './scenarios/credential-requests.ts'
import { credentialScenarios } from './scenarios/credentials.ts'
import { documentScenarios } from './scenarios/documents.ts'
import { hookScenarios } from './scenarios/hooks.ts'
import { importScenarios } from './scenarios/imports.ts'
import { mailScenarios } from './scenarios/mails.ts'
import { roleScenarios } from './scenarios/roles.ts'
import { secondFactorScenarios } from './scenarios/second-factors.ts'
import { sessionScenarios } from './scenarios/sessions.ts'
import { userScenarios } from './scenarios/users.ts'
import { webhookScenarios } from './scenarios/webhooks.ts'
import { startWorld } from './scenarios/world.ts'

/** What each change of the API leaves behind: at least one scenario a route, with all its events and audit rows. */
const world = await startWorld()

userScenarios(world)
documentScenarios(world)
categoryScenarios(world)
credentialScenarios(world)
credentialRequestScenarios(world)
applicationScenarios(world)
hookScenarios(world)
importScenarios(world)
mailScenarios(world)
roleScenarios(world)
webhookScenarios(world)
automationScenarios(world)
sessionScenarios(world)
secondFactorScenarios(world)

test('every route that changes something has a scenario', () => {
  const without = world.changeRoutes.filter((route) => !world.played.has(route))
  assert.deepEqual(without, [], 'add a scenario that calls it with success, in server/test/scenarios')
})
