"""The ECS service with its load balancer, task and scaling."""
