import { decideConfig } from '../config/decide.ts'
import { awaitDatabase } from '../db/await-database.ts'
import { migrate } from '../db/migrate.ts'
import { openDatabase } from '../db/open.ts'
import { createLog } from '../lib/log.ts'
import { vaultFor } from '../sealed-values.ts'
import type { Command } from './command.ts'

export const migrateCommand: Command = {
  name: 'migrate',
  summary: 'Bring the tables of the database up to date, as `serve` does when it starts',
  options: {},
  async run(_, terminal) {
    const config = decideConfig(terminal.env)
    const log = createLog('silent')
    const database = openDatabase(config.database, log)
    try {
      await awaitDatabase(database, log, { timeoutMs: 0 })
      const tell = (fields: object, text: string) => terminal.printError(`${text} ${JSON.stringify(fields)}`)
      const applied = await migrate(database, { info: tell, warn: tell })
      await vaultFor(config, database)
      terminal.print(applied.length === 0 ? 'The tables are up to date.' : `Applied: ${applied.join(', ')}.`)
    } finally {
      await database.close()
    }
  },
}
