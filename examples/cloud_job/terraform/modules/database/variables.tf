variable "region" {
  description = "Region of the instance"
  type        = string
}

variable "network" {
  description = "Network of its private address"
  type        = string
}

variable "database_name" {
  description = "Name of the database"
  type        = string
}

variable "tier" {
  description = "Machine type"
  type        = string
}

variable "backup_account" {
  description = "Account of the backup job, which reads the URL of the database"
  type        = string
}

variable "app_account" {
  description = "Account of the application"
  type        = string
}
