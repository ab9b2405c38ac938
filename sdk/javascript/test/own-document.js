import assert from 'node:assert/strict'
import { Comserv } from 'comserv'

/** Started as a worker thread and as a process of its own: asks for one document, often. */
const { BASE, KEY, ID } = process.env
const comserv = new Comserv({ baseUrl: BASE, apiKey: KEY })
for (let call = 0; call < 100; call++) assert.equal((await comserv.documents.get(Number(ID))).id, Number(ID))
