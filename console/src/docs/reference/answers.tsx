import { Facts } from '../../parts/facts.tsx'
import { CodeSample } from './code-sample.tsx'
import type { OpenApi } from './openapi.ts'
import type { Answer, Operation } from './operations.ts'
import { sampleOf } from './sample.ts'
import { SchemaView } from './schema-view.tsx'

interface Props {
  api: OpenApi
  operation: Operation
}

export function Answers({ api, operation: { answers, path } }: Props) {
  const isSuccess = ({ status }: Answer) => status < '400'
  const isCounted = path.startsWith('/api/v1')
  return (
    <>
      <section aria-labelledby="response">
        <h2 id="response">Response</h2>
        {answers.filter(isSuccess).map((answer) => (
          <Success key={answer.status} api={api} answer={answer} />
        ))}
        {isCounted && (
          <p className="quiet">
            Every response, errors included, carries <code>X-RateLimit-Limit</code>,{' '}
            <code>X-RateLimit-Remaining</code>, <code>X-RateLimit-Reset</code> and <code>X-Request-Id</code>.
          </p>
        )}
      </section>
      <Errors answers={answers.filter((answer) => !isSuccess(answer))} />
    </>
  )
}

function Success({
  api,
  answer: { status, description, headers, content },
}: {
  api: OpenApi
  answer: Answer
}) {
  const [type, media] = Object.entries(content)[0] ?? []
  const own = Object.entries(headers).filter(([name]) => !name.startsWith('X-RateLimit-'))
  return (
    <div className="answer">
      <h3>
        <code>{status}</code> {description === 'Success' ? '' : description}
      </h3>
      <p className="quiet">{type ? Object.keys(content).join(' or ') : 'No body'}</p>
      {media && type === 'application/json' && <Example api={api} schema={media.schema} />}
      {media && <SchemaView api={api} schema={media.schema} />}
      {own.length > 0 && (
        <Facts
          className="headers"
          facts={own.map(([name, { description }]) => [<code key={name}>{name}</code>, description])}
        />
      )}
    </div>
  )
}

function Example({ api, schema }: { api: OpenApi; schema: Parameters<typeof sampleOf>[1] }) {
  const text = JSON.stringify(sampleOf(api, schema, 'answer'), null, 2)
  return (
    <div className="example">
      <CodeSample text={text} what="Example response" isJson />
    </div>
  )
}

function Errors({ answers }: { answers: readonly Answer[] }) {
  if (answers.length === 0) return null
  return (
    <section aria-labelledby="errors">
      <h2 id="errors">Errors</h2>
      <ul className="errors">
        {answers.map(({ status, description }) => (
          <li key={status}>
            <code>{status}</code> {description.replace(/^\d{3}: /, '')}
          </li>
        ))}
      </ul>
    </section>
  )
}
