import '@mantine/core/styles.css'
import './styles.css'
import { startApp } from './start-app.tsx'

startApp()
