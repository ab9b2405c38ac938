import { CodeBlock } from '../../parts/code-block.tsx'
import { curlLine } from './curl.ts'
import { firstFilled } from './first-filled.ts'
import type { OpenApi } from './openapi.ts'
import type { Operation } from './operations.ts'
import { sendableOf } from './request.ts'

/** The call as it is made first: what is required, and nothing else. */
export function CurlSample({ api, operation }: { api: OpenApi; operation: Operation }) {
  const sendable = sendableOf(operation, firstFilled(api, operation))
  return (
    <section aria-labelledby="sample">
      <h2 id="sample">Sample</h2>
      <CodeBlock text={curlLine(location.origin, operation, sendable)} what="the curl sample" />
    </section>
  )
}
