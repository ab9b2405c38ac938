import { Comserv } from 'comserv'

// COMSERV_URL=http://127.0.0.1:3000 KEY=cs_live_… node list-users.js
const comserv = new Comserv({ baseUrl: process.env.COMSERV_URL, apiKey: process.env.KEY })

const page = await comserv.users.list({ status: 'active', limit: 50 })
console.log(`${page.meta.total_count} active users`)

// From the page that is there already on through all the others.
for await (const user of page) console.log(user.id, user.username, user.email)
