import { Button, Group } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { sentenceOf } from '../api/problem.ts'

/** Long enough to read it twice and reach the button with the keyboard. */
const undoShownMs = 20_000
const closeButtonProps = { 'aria-label': 'Close the notice' }

/** Says what has been done, where the page itself does not show it. */
export function notice(message: string): void {
  notifications.show({ message, closeButtonProps })
}

/** The same with the way back, for a while; after that the trash has it. */
export function noticeWithUndo(message: string, undo: () => Promise<unknown>): void {
  const id = notifications.show({
    autoClose: undoShownMs,
    closeButtonProps,
    message: (
      <Group justify="space-between" wrap="nowrap" gap="sm">
        <span>{message}</span>
        <Button size="xs" variant="default" onClick={() => void takeBack()}>
          Undo
        </Button>
      </Group>
    ),
  })

  async function takeBack(): Promise<void> {
    notifications.hide(id)
    try {
      await undo()
    } catch (error) {
      notifications.show({ color: 'red', message: sentenceOf(error), autoClose: false, closeButtonProps })
    }
  }
}
