// A program that shares its token by files, as the guide shows it. Prints how many tokens it fetched.
import { readFile, rename, writeFile } from 'node:fs/promises'
import { Comserv } from 'comserv'

const { BASE, CLIENT_ID, CLIENT_SECRET, FOLDER } = process.env
let fetched = 0
const comserv = new Comserv({
  baseUrl: BASE,
  clientId: CLIENT_ID,
  clientSecret: CLIENT_SECRET,
  tokenStore: {
    get: (name) => readFile(`${FOLDER}/${name}`, 'utf8'),
    async set(name, entry) {
      const temporary = `${FOLDER}/${name}.${process.pid}`
      await writeFile(temporary, entry, { mode: 0o600 })
      await rename(temporary, `${FOLDER}/${name}`)
    },
  },
  fetch: (url, init) => {
    if (url.endsWith('/oauth/token')) fetched++
    return fetch(url, init)
  },
})
await comserv.users.list()
process.send(fetched)
process.disconnect()
