import type { DatabaseConfig } from '../config/decide.ts'
import type { Log } from '../lib/log.ts'
import type { Database } from './database.ts'
import { openPostgres } from './postgres.ts'
import { openSqlite } from './sqlite.ts'

export function openDatabase(config: DatabaseConfig, log: Log): Database {
  return config.kind === 'sqlite' ? openSqlite(config.file, log) : openPostgres(config.url, log)
}
