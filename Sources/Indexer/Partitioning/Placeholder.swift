public enum PlaceholderPartitioning {}
