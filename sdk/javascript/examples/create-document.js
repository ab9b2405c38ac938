import { Comserv, ConflictError, ConnectionError } from 'comserv'

// COMSERV_URL=http://127.0.0.1:3000 CLIENT_ID=… CLIENT_SECRET=cs_live_… node create-document.js
const comserv = new Comserv({
  baseUrl: process.env.COMSERV_URL,
  clientId: process.env.CLIENT_ID,
  clientSecret: process.env.CLIENT_SECRET,
  maxRetries: 4,
})

try {
  // Sent up to five times, written once. The key is the row that this comes from: not even a program that was started
  // again writes it twice, for 24 hours.
  const document = await comserv.documents.create(
    { title: 'Annual Report 2023', category: 'reports', status: 'published' },
    { idempotencyKey: 'reports.csv-row-17' },
  )
  console.log(`document ${document.id} is ${document.status}`)
} catch (error) {
  if (error instanceof ConflictError) console.log(error.details)
  else if (error instanceof ConnectionError) console.log(`the server cannot be reached: ${error.message}`)
  else throw error
}
