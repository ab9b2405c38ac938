import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { closeContext, createApp, createContext } from '../app.ts'
import { decideConfig } from '../config/decide.ts'
import { createLog } from '../lib/log.ts'
import { openApiDocument } from '../openapi/document.ts'
import type { Command } from './command.ts'

export const openapi: Command = {
  name: 'openapi',
  summary: 'Print the OpenAPI document of this version',
  options: {},
  async run(_, terminal) {
    const dataDir = mkdtempSync(join(tmpdir(), 'comserv-'))
    const config = decideConfig({ COMSERV_DATA_DIR: dataDir })
    const context = await createContext(config, createLog('silent'))
    try {
      const app = createApp(context)
      await app.ready()
      terminal.print(
        JSON.stringify(openApiDocument(app.routeTable.routes, context.catalog, config.siteName), null, 2),
      )
      await app.close()
    } finally {
      await closeContext(context)
      rmSync(dataDir, { recursive: true })
    }
  },
}
