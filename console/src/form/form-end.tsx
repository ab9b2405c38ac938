import { Button, Group } from '@mantine/core'
import { ProblemAlert } from '../parts/problem-alert.tsx'

/** What stands at the end of every form: what went wrong, the way out, and the verb. */
export function FormEnd({
  verb,
  isPending,
  problem,
  onCancel,
}: {
  verb: string
  isPending: boolean
  problem: unknown
  onCancel?: () => void
}) {
  return (
    <>
      {problem ? <ProblemAlert error={problem} /> : null}
      <Group justify="flex-end" mt="xs">
        {onCancel && (
          <Button variant="default" onClick={onCancel}>
            Cancel
          </Button>
        )}
        <Button type="submit" loading={isPending}>
          {verb}
        </Button>
      </Group>
    </>
  )
}
