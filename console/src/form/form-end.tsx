import { Button, Group } from '@mantine/core'
import { type ReactNode, useEffect, useRef } from 'react'
import { Problem } from '../parts/problem.tsx'
import './form-end.css'

/** What stands at the end of every form: what went wrong, the way out, and the verb. */
export function FormEnd({
  verb,
  isPending,
  problem,
  cancel = 'Cancel',
  onCancel,
  meanwhile,
  more,
  said,
}: {
  verb: string
  isPending: boolean
  problem: unknown
  /** What the way out is called. */
  cancel?: string
  onCancel?: () => void
  /** What to show instead of the error when somebody else was faster. */
  meanwhile?: ReactNode
  /** Other verbs, before the main one. */
  more?: ReactNode
  /** Of a form that stays open: what came of sending it. Its place is kept from the beginning, so that nothing moves. */
  said?: string
}) {
  return (
    <>
      {problem ? <Wrong problem={problem} meanwhile={meanwhile} /> : null}
      <Group justify="flex-end" mt="xs" className="form-end">
        {said !== undefined && (
          <span role="status" className="form-said">
            {isPending ? '' : said}
          </span>
        )}
        {onCancel && (
          <Button variant="default" onClick={onCancel}>
            {cancel}
          </Button>
        )}
        {more}
        <Button type="submit" loading={isPending}>
          {verb}
        </Button>
      </Group>
    </>
  )
}

/** Comes into view: in a long form it would stand below what is seen. */
function Wrong({ problem, meanwhile }: { problem: unknown; meanwhile: ReactNode }) {
  const place = useRef<HTMLDivElement>(null)
  useEffect(() => {
    // Newer browsers answer with a promise, which React would take for what undoes the effect.
    place.current?.scrollIntoView({ block: 'start' })
  }, [problem])
  return (
    <div ref={place} className="form-wrong">
      <Problem error={problem} meanwhile={meanwhile} />
    </div>
  )
}
