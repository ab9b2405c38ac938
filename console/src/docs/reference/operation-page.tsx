import { Code } from '@mantine/core'
import { useLoaderData } from 'react-router'
import { Warning } from '../../parts/warning.tsx'
import { Page } from '../../shell/page.tsx'
import { NoSuchPage } from '../no-such-page.tsx'
import '../code.css'
import './operation.css'
import { Answers } from './answers.tsx'
import { CurlSample } from './curl-sample.tsx'
import { InlineCode } from './inline-code.tsx'
import { Method } from './method.tsx'
import type { OpenApi } from './openapi.ts'
import { guideOfTag, type Operation } from './operations.ts'
import { Parameters } from './parameters.tsx'
import { PathText } from './path-text.tsx'
import { SchemaView } from './schema-view.tsx'
import { TryIt } from './try-it.tsx'
import type { OpenedOperation } from './use-reference.ts'

export { loadOperation } from './use-reference.ts'

export function OperationPage() {
  const { api, operation } = useLoaderData<OpenedOperation>()
  if (!operation) return <NoSuchPage />
  const { id, method, path, tag, summary, description, isDeprecated } = operation
  const guide = guideOfTag[tag]
  return (
    <Page
      title={summary}
      under={[{ label: 'API reference', to: '/docs/reference' }, { label: tag }]}
      {...(guide ? { guide } : {})}
    >
      <div className="operation" key={id}>
        <div className="operation-text">
          <p className="operation-path">
            <Method method={method} />
            <PathText path={path} />
            <a href="#try" className="to-try">
              Try it
            </a>
          </p>
          {isDeprecated && (
            <Warning title="Deprecated">
              Do not start using it. It works at least until the time in the <Code>Sunset</Code> header of its
              responses.
            </Warning>
          )}
          {description
            .split('\n\n')
            .filter(Boolean)
            .map((paragraph) => (
              <p key={paragraph}>
                <InlineCode text={paragraph} />
              </p>
            ))}
          <Access api={api} operation={operation} />
          <Parameters operation={operation} />
          <RequestBody api={api} operation={operation} />
          <Answers api={api} operation={operation} />
        </div>
        <div className="operation-side">
          <CurlSample api={api} operation={operation} />
          <TryIt api={api} operation={operation} />
        </div>
      </div>
    </Page>
  )
}

function Access({ api, operation: { access } }: { api: OpenApi; operation: Operation }) {
  if (access.kind === 'public') return <p>Needs no credential.</p>
  if (access.kind === 'session')
    return <p>For signed-in people, by session cookie; not for keys and tokens.</p>
  const meanings = api.components.securitySchemes?.oauth2?.flows?.clientCredentials?.scopes ?? {}
  if (access.scopes.length === 0) return <p>Needs a credential, with any scope.</p>
  return (
    <p>
      Needs the scope{' '}
      {access.scopes.map((scope) => (
        <span key={scope}>
          <code>{scope}</code>
          {meanings[scope] && <span className="quiet"> ({meanings[scope].toLowerCase()})</span>}
        </span>
      ))}
      , held by the API key, the token, or the role of the signed-in user.
    </p>
  )
}

function RequestBody({ api, operation: { body } }: { api: OpenApi; operation: Operation }) {
  if (!body) return null
  const types = Object.keys(body.content)
  const schema = Object.values(body.content)[0]?.schema
  return (
    <section aria-labelledby="body">
      <h2 id="body">Body</h2>
      <p className="quiet">
        {types.join(' or ')}
        {body.isRequired ? '' : ', optional'}
      </p>
      {schema && <SchemaView api={api} schema={schema} />}
    </section>
  )
}
