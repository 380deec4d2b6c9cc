output "instance" {
  description = "Name of the instance"
  value       = google_sql_database_instance.this.name
}

output "connection_name" {
  description = "PROJECT:REGION:INSTANCE"
  value       = google_sql_database_instance.this.connection_name
}

output "instance_account" {
  description = "Account with which the instance writes exports"
  value       = google_sql_database_instance.this.service_account_email_address
}

output "url_secret" {
  description = "Secret with the URL for backups"
  value       = google_secret_manager_secret.url["backup"].secret_id
}

output "validate_url_secret" {
  description = "Secret with the URL of the second environment"
  value       = google_secret_manager_secret.url["validate"].secret_id
}

output "app_url_secret" {
  description = "Secret with the URL of the application"
  value       = google_secret_manager_secret.url["app"].secret_id
}
