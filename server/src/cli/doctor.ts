import { setTimeout as pause } from 'node:timers/promises'
import { type Config, ConfigError, decideConfig } from '../config/decide.ts'
import { readEnvironment } from '../config/env.ts'
import { extensions } from '../extension/loaded.ts'
import { variablesOf } from '../extension/settings.ts'
import { CommandError } from '../lib/command-error.ts'
import { secondMs } from '../lib/timestamps.ts'
import type { Command } from './command.ts'
import { addressCheck } from './doctor/address-check.ts'
import { databaseChecks } from './doctor/database-checks.ts'
import { type Finding, ok, problem, runChecks, standings, warning } from './doctor/finding.ts'
import { machineChecks, nodeCheck } from './doctor/machine-checks.ts'
import { networkChecks } from './doctor/network-checks.ts'
import { type Opened, openReader } from './doctor/reader.ts'
import { webhookCheck } from './doctor/webhook-check.ts'

const closeTimeoutMs = secondMs

export const doctor: Command = {
  name: 'doctor',
  summary: 'Check the settings, the database and whatever else the server depends on, and say what to do',
  options: { json: { type: 'boolean', describes: 'Print one JSON object, for programs' } },
  async run(values, terminal) {
    const findings = await examine(terminal.env)
    const count = (status: Finding['status']) => findings.filter((one) => one.status === status).length
    const problems = count('problem')
    if (values.json === true) {
      const status = standings.findLast((one) => count(one) > 0) ?? 'ok'
      terminal.print(JSON.stringify({ status, findings }))
    } else {
      const width = Math.max(...findings.map(({ check }) => check.length))
      for (const { check, status, message, advice } of findings) {
        terminal.print(`${status.padEnd(7)}  ${check.padEnd(width)}  ${message}`)
        if (advice) terminal.print(`${' '.repeat(9 + width + 2)}${advice}`)
      }
    }
    if (problems > 0)
      throw new CommandError(`${problems === 1 ? '1 problem was' : `${problems} problems were`} found.`)
  },
}

/** All checks side by side. Nothing is changed, and nothing is sent but what asks whether somebody is there. */
async function examine(env: NodeJS.ProcessEnv): Promise<Finding[]> {
  const config = settingsOf(env)
  if (Array.isArray(config)) return [...config, ...(await runChecks([nodeCheck]))]
  const opened = openReader(config.database, config.dataDir)
  // The checks that wait for it say so.
  opened.catch(() => undefined)
  const checks = [
    nodeCheck,
    ...machineChecks(config),
    ...databaseChecks(config, opened),
    ...networkChecks(config),
    addressCheck(config),
    webhookCheck(config, opened),
  ]
  try {
    return [...settingFindings(env), ...(await runChecks(checks))]
  } finally {
    await closed(opened)
  }
}

/** @returns what is wrong with the settings, without which nothing else can be checked */
function settingsOf(env: NodeJS.ProcessEnv): Config | Finding[] {
  try {
    return decideConfig(env)
  } catch (error) {
    const problems =
      error instanceof ConfigError
        ? error.problems.map((one) => `${one}.`)
        : error instanceof CommandError
          ? [error.message]
          : undefined
    if (!problems) throw error
    return problems.map((one) => ({
      check: 'settings',
      ...problem(one, 'Correct the setting and run the command again: the other checks need it.'),
    }))
  }
}

function settingFindings(env: NodeJS.ProcessEnv): Finding[] {
  const ofExtensions = extensions.flatMap(variablesOf)
  const unknown = readEnvironment(env).unknown.filter(({ name }) => !ofExtensions.includes(name))
  if (unknown.length === 0) return [{ check: 'settings', ...ok('All settings are valid.') }]
  return unknown.map(({ name, meant }) => ({
    check: 'settings',
    ...warning(
      `${name} is not a setting, and is ignored.`,
      meant.length > 0
        ? `Did you mean ${meant.join(', or ')}?`
        : 'Remove it; docs/guides/configuration.md lists all.',
    ),
  }))
}

/** A database that hangs must not hold up the end. */
async function closed(opened: Promise<Opened>): Promise<void> {
  const late = () => pause(closeTimeoutMs, undefined, { ref: false })
  const result = await Promise.race([opened.catch(() => undefined), late()])
  if (result?.is === 'open') await Promise.race([result.reader.close().catch(() => undefined), late()])
}
