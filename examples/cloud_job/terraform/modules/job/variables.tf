variable "project" {
  description = "ID of the project"
  type        = string
}

variable "region" {
  description = "Region of the jobs"
  type        = string
}

variable "image" {
  description = "Image of the job"
  type        = string
}

variable "network" {
  description = "Network of the database"
  type        = string
}

variable "subnetwork" {
  description = "Subnetwork of the jobs"
  type        = string
}

variable "backup_account" {
  description = "Account of the backup job"
  type        = string
}

variable "validate_account" {
  description = "Account of the validation job"
  type        = string
}

variable "scheduler_account" {
  description = "Account that starts the jobs"
  type        = string
}

variable "backup_bucket" {
  description = "Bucket of the backups"
  type        = string
}

variable "staging_bucket" {
  description = "Bucket for server-side exports"
  type        = string
}

variable "copy_bucket" {
  description = "Bucket of the copies"
  type        = string
}

variable "instance" {
  description = "Name of the database instance"
  type        = string
}

variable "database_name" {
  description = "Name of the database"
  type        = string
}

variable "server_side_export" {
  description = "Let the instance export itself"
  type        = bool
}

variable "database_secret" {
  description = "Secret with DATABASE_URL"
  type        = string
}

variable "validate_secret" {
  description = "Secret with VALIDATE_DATABASE_URL"
  type        = string
}

variable "schedule" {
  description = "Cron expression of the backups"
  type        = string
}

variable "validation_schedule" {
  description = "Cron expression of the validations"
  type        = string
}
