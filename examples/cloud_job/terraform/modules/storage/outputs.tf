output "backup_bucket" {
  description = "Bucket of the backups"
  value       = google_storage_bucket.kept["backups"].name
}

output "copy_bucket" {
  description = "Bucket of the copies"
  value       = google_storage_bucket.kept["copies"].name
}

output "staging_bucket" {
  description = "Bucket for server-side exports"
  value       = google_storage_bucket.staging.name
}
