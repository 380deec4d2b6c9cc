output "app" {
  description = "Mail address of the account: app"
  value       = google_service_account.this["app"].email
}

output "backup" {
  description = "Mail address of the account: backup"
  value       = google_service_account.this["backup"].email
}

output "validate" {
  description = "Mail address of the account: validate"
  value       = google_service_account.this["validate"].email
}

output "scheduler" {
  description = "Mail address of the account: scheduler"
  value       = google_service_account.this["scheduler"].email
}
