variable "alert_email" {
  description = "Receiver of the alerts"
  type        = string
}

variable "backup_job" {
  description = "Name of the backup job"
  type        = string
}

variable "jobs" {
  description = "Names of all jobs"
  type        = list(string)
}
