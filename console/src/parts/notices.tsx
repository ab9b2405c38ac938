import { Button, CloseButton } from '@mantine/core'
import { t } from '../i18n/t.ts'
import { Icon } from './icon.tsx'
import { closeNotice, type Notice, noticeOfProblem, useNotices } from './notice.ts'
import './notices.css'

/**
 * Notices are at the foot of the top bar, which grows and moves the page down: anything that floats over a page hides
 * some control.
 */
export function Notices() {
  const notices = useNotices()
  return (
    <>
      <div role="status">
        {notices.map((notice) => !notice.isProblem && <Line key={notice.id} notice={notice} />)}
      </div>
      {notices.map((notice) => notice.isProblem && <Line key={notice.id} notice={notice} />)}
    </>
  )
}

function Line({ notice: { id, message, isProblem, undo } }: { notice: Notice }) {
  async function takeBack(act: () => Promise<unknown>): Promise<void> {
    closeNotice(id)
    try {
      await act()
    } catch (error) {
      noticeOfProblem(t('Not undone'), error)
    }
  }
  return (
    <div role={isProblem ? 'alert' : undefined} className="notice-line" data-problem={isProblem}>
      <Icon name={isProblem ? 'warning' : 'check'} size={18} />
      <span className="notice-text">{message}</span>
      {undo && (
        <Button size="compact-sm" variant="default" flex="none" onClick={() => void takeBack(undo)}>
          {t('Undo')}
        </Button>
      )}
      <CloseButton size="sm" flex="none" aria-label={t('Close the notice')} onClick={() => closeNotice(id)} />
    </div>
  )
}
