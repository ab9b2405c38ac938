import { siteOrigin } from '../../site.ts'
import { CodeSample } from './code-sample.tsx'
import { curlLine } from './curl.ts'
import { firstFilled } from './first-filled.ts'
import { type OpenApi, resolved } from './openapi.ts'
import type { Operation } from './operations.ts'
import { formType, sendableOf } from './request.ts'

/** The minimal call: required values only. */
export function CurlSample({ api, operation }: { api: OpenApi; operation: Operation }) {
  const filled = firstFilled(api, operation)
  const sendable = sendableOf(operation, {
    ...filled,
    form: { ...neededOfForm(api, operation), ...filled.form },
  })
  return (
    <section aria-labelledby="sample">
      <h2 id="sample">Sample</h2>
      <CodeSample text={curlLine(siteOrigin, operation, sendable)} what="the curl sample" />
    </section>
  )
}

/** Required form fields without an example, such as a token; the sample names them as variables. */
function neededOfForm(api: OpenApi, { body }: Operation): Record<string, string> {
  const schema = body?.content[formType]?.schema
  const required = schema ? (resolved(api, schema).required ?? []) : []
  return Object.fromEntries(required.map((name) => [name, name]))
}
