output "backup_job" {
  description = "Name of the backup job"
  value       = google_cloud_run_v2_job.this["backup"].name
}

output "validate_job" {
  description = "Name of the validation job"
  value       = google_cloud_run_v2_job.this["validate"].name
}
