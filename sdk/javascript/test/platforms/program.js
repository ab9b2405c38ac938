import * as comserv from 'comserv'
import { exercise } from './exercise.js'

console.log(JSON.stringify(await exercise(comserv, JSON.parse(globalThis.process.env.TASK))))
