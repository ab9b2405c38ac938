import { Alert } from '@mantine/core'
import type { ReactNode } from 'react'
import { Icon } from './icon.tsx'
import './warning.css'

/** A warning; nothing has failed. */
export function Warning({
  title,
  role = 'alert',
  children,
}: {
  title?: string
  role?: 'alert' | 'status' | 'note'
  children: ReactNode
}) {
  return (
    <Alert
      role={role}
      color="orange"
      variant="outline"
      className="notice"
      icon={<Icon name="warning" />}
      title={title}
    >
      {children}
    </Alert>
  )
}
