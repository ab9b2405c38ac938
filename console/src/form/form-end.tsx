import { Button, Group } from '@mantine/core'
import type { ReactNode } from 'react'
import { isChangedMeanwhile } from '../parts/changed-meanwhile.tsx'
import { ProblemAlert } from '../parts/problem-alert.tsx'

/** What stands at the end of every form: what went wrong, the way out, and the verb. */
export function FormEnd({
  verb,
  isPending,
  problem,
  cancel = 'Cancel',
  onCancel,
  meanwhile,
  more,
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
}) {
  return (
    <>
      {problem ? (
        meanwhile && isChangedMeanwhile(problem) ? (
          meanwhile
        ) : (
          <ProblemAlert error={problem} />
        )
      ) : null}
      <Group justify="flex-end" mt="xs" className="form-end">
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
