import { Button, Group } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { sentenceOf } from '../api/problem.ts'

const shownMs = 12_000

/** Says what was done, with the way back. */
export function offerRestore(what: string, restore: () => Promise<void>): void {
  const id = notifications.show({
    autoClose: shownMs,
    closeButtonProps: { 'aria-label': 'Dismiss' },
    message: (
      <Group justify="space-between" wrap="nowrap">
        <span>{what}</span>
        <Button
          size="xs"
          variant="default"
          flex="none"
          onClick={async () => {
            notifications.hide(id)
            try {
              await restore()
            } catch (error) {
              notifications.show({ color: 'red', title: 'Not brought back', message: sentenceOf(error) })
            }
          }}
        >
          Undo
        </Button>
      </Group>
    ),
  })
}
