const comserv = require('comserv')

import('./exercise.js').then(async ({ exercise }) => {
  console.log(JSON.stringify(await exercise(comserv, JSON.parse(process.env.TASK))))
})
