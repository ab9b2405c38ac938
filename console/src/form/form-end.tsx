import { Button, Group } from '@mantine/core'
import { type ReactNode, useEffect, useRef } from 'react'
import { t } from '../i18n/t.ts'
import { Problem } from '../parts/problem.tsx'
import './form-end.css'

/** The end of every form: errors, cancel and submit. */
export function FormEnd({
  verb,
  isPending,
  problem,
  cancel = t('Cancel'),
  onCancel,
  meanwhile,
  more,
  said,
}: {
  verb: string
  isPending: boolean
  problem: unknown
  /** The label of the cancel button. */
  cancel?: string
  onCancel?: () => void
  /** Shown instead of the error when the record has changed since it was read. */
  meanwhile?: ReactNode
  /** Other submit buttons, before the main one. */
  more?: ReactNode
  /** The result of submitting a form that stays open. Its space is reserved, so that nothing moves. */
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

/** Scrolls into view: in a long form it would be below the fold. */
function Wrong({ problem, meanwhile }: { problem: unknown; meanwhile: ReactNode }) {
  const place = useRef<HTMLDivElement>(null)
  useEffect(() => {
    // Newer browsers return a promise, which React would take for a cleanup function.
    place.current?.scrollIntoView({ block: 'start' })
  }, [problem])
  return (
    <div ref={place} className="form-wrong">
      <Problem error={problem} meanwhile={meanwhile} />
    </div>
  )
}
