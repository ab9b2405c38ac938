import type { Readable } from 'node:stream'
import type { Actor } from '../access/caller.ts'
import type { Scope } from '../access/scopes.ts'
import { AppError, invalidRequest } from '../api/errors.ts'
import { importBytesMax } from '../api/limits.ts'
import { Type } from '../api/type.ts'
import type { Context } from '../context.ts'
import { authorize, type Identity, identify } from '../http/authenticate.ts'
import { charsetOf } from '../http/bodies.ts'
import { callerKey, whenClosed } from '../http/caller.ts'
import { toAppError } from '../http/error-response.ts'
import type { App } from '../http/pipeline.ts'
import { currentCaller } from '../lib/caller.ts'
import { CommandError } from '../lib/command-error.ts'
import type { Resource } from '../resource/resource.ts'
import { capitalised } from '../resource/shown-as.ts'
import { EarlierImports } from './earlier.ts'
import { endedEarly } from './ended-early.ts'
import { importedFile } from './file.ts'
import { type Asked, askedIn, asRefusal, parametersOf } from './parameters.ts'
import { ImportReport, ReportOfError, reportOf, type Trial, tried } from './report-schema.ts'
import { emptyReport, importRows, surveyRows } from './run.ts'
import { senderOf, sendersRecognised } from './senders.ts'
import { SentFile, tooLong } from './sent-file.ts'
import type { Source } from './source.ts'

/** The server works on for others meanwhile: each transaction is short. */
const rowsAtOnce = 20

const fileTypes = ['text/csv', 'application/x-ndjson', 'application/json', 'application/octet-stream']

const noFile = 'Send the file as the body of the request; it is empty.'

const ImportedText = Type.Unsafe<string>({
  type: 'string',
  description: 'CSV with a header, NDJSON, or a JSON array, such as an export; at most 64 MiB',
})

/** A Fastify scope of its own: a body of any media type, which goes to the disk as it arrives. */
export function importRoutes(app: App, context: Context, resources: readonly Resource[]): void {
  app.register(async (scope) => {
    const stopping = new AbortController()
    scope.addHook('preClose', async () => stopping.abort())
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', (_: unknown, body: Readable) => SentFile.receive(body))
    // In this tick: the body flows already, and nothing of it may get lost.
    scope.addHook('preParsing', (request, reply, body, done) => {
      try {
        requireNoForm(request.headers['content-type'])
        if (Number(request.headers['content-length']) > importBytesMax) throw tooLong()
        whenClosed(reply, context.openImports.begin(callerKey(request)))
        whenClosed(reply, () => void (request.body as SentFile | undefined)?.close())
        done(null, body)
      } catch (error) {
        done(error as Error)
      }
    })
    for (const resource of resources)
      if (resource.importing)
        importRoute(scope as App, context, resource, resource.importing, stopping.signal)
  })
}

/** The boundaries of a form would be rows. @throws AppError */
function requireNoForm(type = ''): void {
  if (/^multipart\//i.test(type.trim()))
    throw new AppError(
      'unsupported_media_type',
      `Send the file itself as the body, not in a form: with curl, --data-binary @FILE instead of -F.`,
    )
}

/** `curl -d @FILE` says that it is a form, as `--data-binary` does, but joins the lines. */
async function mayBeJoined(source: Source, type = ''): Promise<boolean> {
  if (!/^application\/x-www-form-urlencoded/i.test(type.trim())) return false
  for await (const chunk of source.utf8()) {
    // JSON is the same without line breaks.
    if (/[\r\n]/.test(chunk.toString('latin1')) || /^\s*[[{]/.test(chunk.toString('latin1'))) return false
  }
  return true
}

/** A single line may be a header without rows; anything else in it was joined to one. @throws AppError, CommandError */
async function fileOf(source: Source, importing: Work['importing'], said: Asked['said'], isJoined: boolean) {
  const joined = () =>
    invalidRequest(
      'The file arrived as one line; curl -d removes the line breaks. Send the file itself with --data-binary @FILE.',
    )
  try {
    const file = await importedFile(source, importing, said)
    if (isJoined && file.unknown.length > 0) throw joined()
    return file
  } catch (error) {
    throw isJoined && error instanceof CommandError ? joined() : error
  }
}

function importRoute(
  app: App,
  context: Context,
  { name, plural, reads, writes, tag }: Resource,
  importing: NonNullable<Resource['importing']>,
  stopping: AbortSignal,
) {
  app.route({
    method: 'POST',
    url: `/api/v1/${plural}/import`,
    config: {
      access: writes,
      sdk: `${plural}.importFile`,
      bodyTypes: fileTypes,
      documentedBody: ImportedText,
      errors: ['service_unavailable'],
      errorReport: ReportOfError,
      ...(importing.confirm ? { confirm: importing.confirm } : {}),
    },
    schema: {
      operationId: `import${capitalised(plural)}`,
      summary: `Import ${plural} from a file`,
      description: [
        `Creates a ${name} from each row, as a single request would, with its event and audit row; a refused row is`,
        'reported, and does not stop the others.',
        'Works for 45 seconds at most: if `is_complete` is false, repeat the request, and the rows that were imported',
        'are skipped.\n\nOne import at a time for each caller.',
      ].join(' '),
      tags: [tag.name],
      querystring: parametersOf(importing),
      response: { 200: ImportReport },
    },
    async handler(request, reply) {
      const file = request.body as SentFile | undefined
      if (!file) throw invalidRequest(noFile)
      const failed = (error: unknown) => toAppError(asRefusal(error), request)
      try {
        const type = request.headers['content-type']
        const asked = askedIn(request.query as object, importing, {
          type,
          charset: charsetOf(request.headers),
        })
        const source = await file.source(asked.encoding)
        try {
          if (source.isEmpty) throw invalidRequest(noFile)
          const isJoined = await mayBeJoined(source, type)
          const actor = request.actor()
          const turn = async () => {
            await context.pace.turn(currentCaller())
            refresh(actor, writes, await identify(context, request))
          }
          return await importFrom(
            context,
            actor,
            { plural, reads, importing, turn, stopping, failed, isJoined },
            source,
            asked,
          )
        } finally {
          await source.close()
          // The server waits for connections that stay open.
          if (stopping.aborted) reply.header('connection', 'close')
        }
      } catch (error) {
        throw asRefusal(error)
      }
    },
  })
}

/** The caller may have lost rights meanwhile, or all of them. @throws AppError */
function refresh(actor: Actor, writes: Scope, identity: Identity): void {
  authorize(writes, identity)
  if (identity.kind !== 'principal') return
  const { scopes, reach } = identity.principal
  Object.assign(actor, { scopes, reach })
}

interface Work {
  plural: string
  reads: Scope
  importing: NonNullable<Resource['importing']>
  turn(): Promise<void>
  /** Aborted when the server is asked to stop. */
  stopping: AbortSignal
  /** Whether the file is one line that may have been several. */
  isJoined: boolean
  /** The response to an error. */
  failed(error: unknown): AppError
}

async function importFrom(
  context: Context,
  actor: Actor,
  { plural, reads, importing, turn, stopping, failed, isJoined }: Work,
  source: Source,
  { said, own, ...asked }: Asked,
) {
  const file = await fileOf(source, importing, said, isJoined)
  const importer = await importing.importer(context, actor, own)
  const ends = [stopping, AbortSignal.timeout(context.openImports.timeoutMs)]
  const { gone } = currentCaller()
  const stopped = AbortSignal.any(gone ? [gone, ...ends] : ends)
  await surveyRows(importer, file.rows, stopped)
  const sender = senderOf(actor)
  const digest = context.vault.fingerprint(`${sender} ${source.digest}`)
  const trial: Trial = { preview: [], unknown: new Set(file.unknown) }
  const rows = asked.isDryRun ? tried(file.rows(), trial, importing.row) : file.rows()
  const recognised = await sendersRecognised(context, actor, reads)
  const of = { resource: plural, digest, path: sender }
  const earlier = await EarlierImports.of(context, of, recognised.map(senderOf))
  const counts = emptyReport()
  const report = () =>
    reportOf(counts, asked.isDryRun, trial, { row: importing.row, warning: importer.warning })
  const options = { ...asked, fromLine: 1, earlier, refusedFile: undefined, stopped, rowsAtOnce, turn }
  try {
    await importRows(context, importer, rows, options, counts)
    return report()
  } catch (error) {
    counts.isStopped = true
    throw endedEarly(failed(error), error, report())
  }
}
