import { Button, Group, Stack } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { Link, useLocation } from 'react-router'
import { useSession } from '../../session/use-session.ts'
import { isPrerendered, siteOrigin } from '../../site.ts'
import './try-it.css'
import { type Caller, useCaller } from './caller.ts'
import { CallerFields } from './caller-fields.tsx'
import { CodeSample } from './code-sample.tsx'
import { curlLine, withoutSecrets } from './curl.ts'
import { firstFilled } from './first-filled.ts'
import type { OpenApi } from './openapi.ts'
import type { Operation } from './operations.ts'
import { ReceivedAnswer } from './received-answer.tsx'
import { type Filled, sendableOf, sendForReal } from './request.ts'
import { RequestFields } from './request-fields.tsx'

interface Props {
  api: OpenApi
  operation: Operation
}

/** Sends a real request, and shows the response. As HTML it is a button, which loads the rest (`page/try.ts`). */
export function TryIt({ api, operation }: Props) {
  const session = useSession()
  if (operation.access.kind === 'session' && !session) return <SignInFirst />
  return (
    <section aria-labelledby="try" className="try">
      <h2 id="try">Try it</h2>
      <p className="needs-script">Sending a request from this page needs JavaScript.</p>
      {isPrerendered ? <Opener /> : <Trial api={api} operation={operation} />}
    </section>
  )
}

function Opener() {
  return (
    <div className="try-opener">
      <p className="quiet">Fill in this request, send it to this server, and see the response.</p>
      <Button>Write a request</Button>
    </div>
  )
}

function Trial({ api, operation }: Props) {
  const session = useSession()
  const [caller, setCaller] = useCaller()
  const [filled, setFilled] = useState<Filled>(() => firstFilled(api, operation))
  const effective = effectiveCaller(caller, operation, session !== null && session !== undefined)
  const sendable = sendableOf(operation, filled)
  const { mutate, data, error, isPending } = useMutation({
    mutationFn: () => sendForReal(sendable, effective, session?.csrf_token),
  })
  const onSubmit = (event: FormEvent) => {
    event.preventDefault()
    mutate()
  }
  return (
    <>
      <form onSubmit={onSubmit}>
        <Stack gap="sm">
          {operation.access.kind === 'credential' && (
            <CallerFields caller={effective} onChange={setCaller} username={session?.user.username} />
          )}
          <RequestFields api={api} operation={operation} filled={filled} onChange={setFilled} />
          <Group gap="sm">
            <Button type="submit" loading={isPending}>
              Send
            </Button>
            {operation.method !== 'GET' && <span className="quiet">This makes a real change.</span>}
          </Group>
        </Stack>
      </form>
      <div aria-live="polite">
        {error && <p className="problem-line">The request could not be sent: {error.message}</p>}
        {data && <ReceivedAnswer received={data} />}
      </div>
      <details className="within">
        <summary>As a command with curl, without the key</summary>
        <CodeSample text={curlLine(siteOrigin, operation, withoutSecrets(sendable))} what="the curl line" />
      </details>
    </>
  )
}

/** The default caller: the session if signed in, else a key. Public calls need neither. */
function effectiveCaller(caller: Caller, { access }: Operation, isSignedIn: boolean): Caller {
  if (access.kind === 'public') return { kind: 'key', key: '' }
  if (access.kind === 'session') return { kind: 'session', key: '' }
  if (caller.kind === 'key' || !isSignedIn) return { kind: 'key', key: caller.key }
  return { kind: 'session', key: caller.key }
}

function SignInFirst() {
  const { pathname } = useLocation()
  return (
    <section aria-labelledby="try" className="try">
      <h2 id="try">Try it</h2>
      <p>
        This endpoint is for signed-in people.{' '}
        <Link to={`/sign-in?${new URLSearchParams({ next: pathname })}`}>Sign in</Link> to try it here.
      </p>
    </section>
  )
}
