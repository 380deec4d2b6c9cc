variable "region" {
  description = "Region of the service"
  type        = string
}

variable "image" {
  description = "Image of the application"
  type        = string
}

variable "network" {
  description = "Network of the database"
  type        = string
}

variable "subnetwork" {
  description = "Subnetwork of the service"
  type        = string
}

variable "account" {
  description = "Account of the application"
  type        = string
}

variable "database_secret" {
  description = "Secret with DATABASE_URL"
  type        = string
}
