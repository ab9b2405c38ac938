import { type Head, verifyChain } from '../audit/verify.ts'
import { counted } from '../import/rows.ts'
import { type Command, CommandError, text } from './command.ts'
import { withContext } from './with-context.ts'

export const auditVerify: Command = {
  name: 'audit verify',
  summary: 'Hold every row of the audit log against its chain of hashes, also while a server runs',
  options: {
    head: {
      type: 'string',
      value: 'SEQ:HASH',
      describes:
        'A head that was noted earlier (metrics, GET /audit-log/head): the chain must still contain it',
    },
  },
  async run(values, terminal) {
    const known = headIn(text(values, 'head'))
    const found = await withContext(terminal, ({ database }) => verifyChain(database.read, known))
    const { verified, head, anchor, unchained } = found
    if (found.problem !== undefined)
      throw new CommandError(
        `The audit log was changed. ${found.problem} ${asWritten(verified)} before that.`,
      )
    terminal.print(`${asWritten(verified)}.`)
    terminal.print(`head    ${head.seq}:${head.hash}`)
    if (anchor) terminal.print(`anchor  ${anchor.seq}:${anchor.hash} (older rows were pruned)`)
    if (unchained.rows > 0)
      terminal.print(
        `${counted(unchained.rows, 'row')} since ${unchained.oldest} ${unchained.rows === 1 ? 'is' : 'are'} not chained yet. A running server chains ${unchained.rows === 1 ? 'it' : 'them'} within seconds; without one, the next start does.`,
      )
  },
}

const asWritten = (rows: number) =>
  `${counted(rows, 'row')} ${rows === 1 ? 'is as it was' : 'are as they were'} written`

function headIn(given: string | undefined): Head | undefined {
  if (given === undefined) return undefined
  const [, seq, hash] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(given) ?? []
  if (seq === undefined || hash === undefined)
    throw new CommandError(
      '--head must be a number, a colon and 64 hexadecimal digits, as `audit verify` prints them.',
    )
  return { seq: Number(seq), hash }
}
